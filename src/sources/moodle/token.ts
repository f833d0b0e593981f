/** The forms a Moodle token is handed over in: as itself, or in the link Moodle's app would be opened with. */
import { Secret } from '../../core/secret.ts';
import { F2gitError } from '../../errors.ts';

/**
 * Gives the web-service token in what a person pasted: the token, or the link `moodlemobile://token=…` that the launch
 * page of the app (`admin/tool/mobile/launch.php`) leads to. Its base64 holds a digest of site and passport, the token
 * and sometimes a private token, joined by `:::`; only the token is used.
 * @throws {F2gitError} `credentials-invalid`, never with a part of the secret
 */
export function tokenIn(pasted: Secret): Secret {
  const text = pasted.reveal().trim();
  if (isToken(text)) return new Secret(text);
  const packed = /^[a-z][a-z0-9+.-]*:\/\/token=([A-Za-z0-9+/_=%-]+)\/?$/i.exec(text)?.[1];
  if (packed !== undefined) return fromLaunchLink(packed);
  if (/^https?:\/\//i.test(text)) throw invalid('it is a web address, not a token; links of files hold another key');
  throw invalid('a token of Moodle has 32 digits and letters a to f');
}

function fromLaunchLink(packed: string): Secret {
  const encoded = packed.replaceAll(/%(3D|2B|2F)/gi, (escape) => decodeURIComponent(escape));
  const [digest = '', token = ''] = Buffer.from(encoded, 'base64').toString('latin1').split(':::');
  // Moodle joins an MD5 digest, the token and, over https, the private token.
  if (!/^[0-9a-f]{32}$/.test(digest) || !isToken(token)) throw invalid('the link of the app holds no token');
  return new Secret(token);
}

function isToken(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text);
}

function invalid(detail: string): F2gitError {
  return new F2gitError('credentials-invalid', { params: { part: 'token', detail } });
}
