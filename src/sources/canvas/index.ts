/** Courses in Canvas: the files of a course, a folder or a single file, or what its modules hold. */
import type { Capabilities, SourceAdapter } from '../source.ts';
import { type CanvasConfig, canvasIdentity, canvasName, parseCanvasConfig } from './address.ts';
import { canvasSignIn } from './oauth.ts';

export { recogniseCanvas } from './address.ts';

const capabilities: Capabilities = {
  identity: 'stable',
  stamp: 'weak',
  size: 'exact',
  deletions: 'certain',
  perStudent: false,
  executable: false,
  maxParallel: 4,
};

export const canvasAdapter: SourceAdapter<CanvasConfig> = {
  type: 'canvas',
  capabilities,
  parseConfig: parseCanvasConfig,
  identity: canvasIdentity,
  suggestedName: canvasName,
  oauth: canvasSignIn,
  open: async (config, context) => new (await import('./session.ts')).CanvasSession(config, context),
};
