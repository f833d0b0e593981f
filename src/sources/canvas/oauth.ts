/** Where Canvas signs programs in, and the least that they need (`doc/api/oauth.md`, `developer_keys.md`). */
import type { OAuthEndpoints } from '../source.ts';
import type { CanvasConfig } from './address.ts';

/** A developer key that enforces scopes has to allow these; others ignore them. */
const SCOPES = [
  'courses/:id',
  'courses/:course_id/permissions',
  'courses/:course_id/tabs',
  'courses/:course_id/folders',
  'courses/:course_id/files',
  'courses/:course_id/files/:id',
  'folders/:id',
  'files/:id/public_url',
  'courses/:course_id/modules',
  'courses/:course_id/modules/:module_id/items',
  'courses/:course_id/modules/:context_module_id/overrides',
].map((path) => `url:GET|/api/v1/${path}`);

export function canvasSignIn({ base }: Pick<CanvasConfig, 'base'>): OAuthEndpoints {
  return { authorize: `${base}/login/oauth2/auth`, token: `${base}/login/oauth2/token`, scopes: SCOPES };
}
