/** Courses on any storage rclone knows, read by the program itself from a remote the administrator configured. */
import type { Capabilities, SourceAdapter } from '../source.ts';
import { parseRcloneConfig, type RcloneConfig, rcloneIdentity, rcloneName } from './address.ts';

export { recogniseRclone } from './address.ts';

const capabilities: Capabilities = {
  identity: 'path',
  stamp: 'weak',
  size: 'exact',
  deletions: 'certain',
  perStudent: false,
  executable: false,
  maxParallel: 4,
};

export const rcloneAdapter: SourceAdapter<RcloneConfig> = {
  type: 'rclone',
  capabilities,
  parseConfig: parseRcloneConfig,
  identity: rcloneIdentity,
  suggestedName: rcloneName,
  takesPasswordAlone: () => true,
  open: async (config, context) => (await import('./session.ts')).openRclone(config, context, process.env),
};
