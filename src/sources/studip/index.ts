/** Courses of Stud.IP, read by its JSON:API. */
import type { Capabilities, SourceAdapter } from '../source.ts';
import { parseStudipConfig, type StudipConfig, studipIdentity, studipName } from './address.ts';

export { recogniseStudip } from './address.ts';

const capabilities: Capabilities = {
  identity: 'stable',
  stamp: 'weak',
  size: 'exact',
  deletions: 'certain',
  perStudent: false,
  executable: false,
  maxParallel: 4,
};

export const studipAdapter: SourceAdapter<StudipConfig> = {
  type: 'studip',
  capabilities,
  parseConfig: parseStudipConfig,
  identity: studipIdentity,
  suggestedName: studipName,
  open: async (config, context) => new (await import('./session.ts')).StudipSession(config, context),
};
