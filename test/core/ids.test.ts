import { describe, expect, it } from 'vitest';
import { newRunId, parseRunId } from '../../src/core/ids.ts';

describe('the id of a run', () => {
  it('sorts by its start to the millisecond, whatever is random in it', () => {
    const first = newRunId(new Date('2026-11-23T08:00:00.007Z'), 'ffffffff');
    const second = newRunId(new Date('2026-11-23T08:00:00.010Z'), '00000000');
    const third = newRunId(new Date('2026-11-23T08:00:00.999Z'), '00000000');
    expect(first).toBe('20261123T080000Z-007fffff');
    expect([third, first, second].sort()).toEqual([first, second, third]);
    expect(parseRunId(third)).toBe(third);
  });
});
