/** Where WebDAV as ILIAS speaks it (`webdav.php`) differs from everybody else's. */
import type { DavDialect, DavRefusal } from '../dav/propfind.ts';

export const iliasDialect: DavDialect = { refusal: refusalOf, hasTwins: true, hasLooseTags: true };

export const WEBDAV_IS_OFF = 'WebDAV is switched off there: an administrator of ILIAS can switch it on';

/** The words of `webdav.php` from 5.4 on; what it says in other ways is what it says everywhere. */
function refusalOf(status: number, beginning: string): DavRefusal | undefined {
  const isDav = beginning.includes('DAV:');
  if (status === 403 && !isDav && /webdav/i.test(beginning)) return { code: 'source-forbidden', detail: WEBDAV_IS_OFF };
  if (status === 403 && isDav) {
    const detail = 'the account is no member, or the course is offline or not open yet';
    return { code: 'source-forbidden', detail };
  }
  // From ILIAS 8 on a mount is refused for its title, too.
  if (status === 400 && isDav) {
    const detail = 'nothing with files has this number, or a character in its title keeps WebDAV from it';
    return { code: 'source-not-found', detail };
  }
  if (status === 200 && beginning.includes('Client does not exist')) {
    return { code: 'source-not-found', detail: 'it has no client of this name' };
  }
  return undefined;
}
