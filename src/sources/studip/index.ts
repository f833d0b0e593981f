/** Courses of Stud.IP, read by its JSON:API. */
import type { Capabilities, OAuthEndpoints, SourceAdapter } from '../source.ts';
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

/** Stud.IP's own OAuth 2 (since 5.2) knows one scope; an administrator registers f2git as a client. */
function endpoints({ site }: StudipConfig): OAuthEndpoints {
  const base = `${site}dispatch.php/api/oauth2/`;
  return { authorize: `${base}authorize`, token: `${base}token`, scopes: ['api'] };
}

export const studipAdapter: SourceAdapter<StudipConfig> = {
  type: 'studip',
  capabilities,
  parseConfig: parseStudipConfig,
  identity: studipIdentity,
  suggestedName: studipName,
  oauth: endpoints,
  open: async (config, context) => new (await import('./session.ts')).StudipSession(config, context),
};
