/** Courses on a Moodle site, read through its web services with a token. */
import type { Capabilities, SourceAdapter } from '../source.ts';
import { type MoodleConfig, moodleIdentity, moodleName, parseMoodleConfig } from './address.ts';

export { recogniseMoodle } from './address.ts';

const capabilities: Capabilities = {
  identity: 'mixed',
  stamp: 'weak',
  size: 'exact',
  deletions: 'certain',
  perStudent: true,
  executable: false,
  maxParallel: 4,
};

export const moodleAdapter: SourceAdapter<MoodleConfig> = {
  type: 'moodle',
  capabilities,
  parseConfig: parseMoodleConfig,
  identity: moodleIdentity,
  suggestedName: moodleName,
  open: async (config, context) => new (await import('./session.ts')).MoodleSession(config, context),
};
