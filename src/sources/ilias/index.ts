/** Courses in ILIAS 5.4 and later, read over its WebDAV and, where it is on, its SOAP interface. */
import type { Capabilities, SourceAdapter } from '../source.ts';
import { type IliasConfig, iliasIdentity, iliasName, parseIliasConfig } from './address.ts';

export { recogniseIlias } from './address.ts';

const capabilities: Capabilities = {
  identity: 'mixed',
  stamp: 'weak',
  size: 'exact',
  deletions: 'ambiguous',
  perStudent: true,
  executable: false,
  maxParallel: 4,
};

export const iliasAdapter: SourceAdapter<IliasConfig> = {
  type: 'ilias',
  capabilities,
  parseConfig: parseIliasConfig,
  identity: iliasIdentity,
  suggestedName: iliasName,
  open: async (config, context) =>
    config.soap
      ? new (await import('./soap-session.ts')).SoapSession(config, context)
      : new (await import('./dav-session.ts')).DavSession(config, context),
};
