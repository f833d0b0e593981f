/** The named cases, end to end in a real folder: what is in the home, what is told, and that a second click does nothing. */
import { describe, expect, it } from 'vitest';
import { RealStage } from '../support/real-stage.ts';
import { cases } from './cases.ts';

describe.each(['anchored', 'checked'] as const)('in a real home (%s)', (reach) => {
  it.each(cases)('$name', async ({ clicks }) => {
    const stage = new RealStage(reach);
    try {
      for (const scene of clicks) {
        const outcome = await stage.click(scene);
        if (scene.home !== undefined) expect(outcome.home).toEqual(scene.home);
        if (scene.told !== undefined) expect(outcome.told).toEqual(scene.told);
        if (scene.declined !== undefined) expect(outcome.declined).toEqual(scene.declined);
        const isTroubled = scene.unreadable !== undefined || scene.failing !== undefined;
        expect(outcome.next).toBe(isTroubled ? 'partial' : 'unchanged');
      }
    } finally {
      stage.dispose();
    }
  });
});
