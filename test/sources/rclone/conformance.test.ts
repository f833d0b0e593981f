import { describe, it } from 'vitest';
import { describeSource } from '../conformance.ts';
import { rcloneHarness, whyNoRclone } from './course.ts';

const missing = whyNoRclone();
if (missing === undefined) describeSource('rclone', rcloneHarness);
else describe.skip(`rclone: conformance (${missing})`, () => it('needs the program', () => undefined));
