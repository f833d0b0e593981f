/** Git repositories as a source: over http(s), or on this machine; no git program is needed. */
import type { SourceAdapter } from '../source.ts';
import { type GitConfig, gitIdentity, gitName, parseGitConfig } from './address.ts';

export { recogniseGit } from './address.ts';

export const gitAdapter: SourceAdapter<GitConfig> = {
  type: 'git',
  capabilities: {
    identity: 'path',
    stamp: 'content',
    size: 'exact',
    deletions: 'certain',
    perStudent: false,
    executable: true,
    maxParallel: 4,
  },
  parseConfig: parseGitConfig,
  identity: gitIdentity,
  suggestedName: gitName,
  open: async (config, context) => new (await import('./session.ts')).GitSession(config, context),
};
