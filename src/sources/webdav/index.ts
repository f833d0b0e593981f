/** Courses on a WebDAV server, or behind a public link of Nextcloud, ownCloud or sciebo. */
import type { Capabilities, SourceAdapter } from '../source.ts';
import { parseWebdavConfig, type WebdavConfig, webdavIdentity, webdavName } from './address.ts';

export { recogniseWebdav } from './address.ts';

const capabilities: Capabilities = {
  identity: 'path',
  stamp: 'weak',
  size: 'exact',
  deletions: 'certain',
  perStudent: false,
  executable: false,
  maxParallel: 4,
};

export const webdavAdapter: SourceAdapter<WebdavConfig> = {
  type: 'webdav',
  capabilities,
  parseConfig: parseWebdavConfig,
  identity: webdavIdentity,
  suggestedName: webdavName,
  takesPasswordAlone: ({ kind }) => kind === 'share',
  open: async (config, context) => new (await import('./session.ts')).WebdavSession(config, context),
};
