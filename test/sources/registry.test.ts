import { describe, expect, it } from 'vitest';
import { F2gitError } from '../../src/errors.ts';
import { sourceFromMapping, sourceFromText } from '../../src/sources/registry.ts';

const STUDIP_COURSE = 'a07535cf2f8a72df33c12ddfa4b53dde';

/** What an address becomes: its adapter and the mapping's values, or the code it is refused with. */
function understood(address: string): string {
  try {
    const { adapter, mapping } = sourceFromText(address, '/home/prof');
    const values = Object.entries(mapping).flatMap(([key, value]) => (key === 'type' ? [] : [String(value)]));
    return [adapter.type, ...values].join(' ');
  } catch (error) {
    if (!(error instanceof F2gitError)) throw error;
    return [error.code, ...(error.params['system'] === undefined ? [] : [error.params['system']])].join(' ');
  }
}

describe('an address from the browser or the keyboard', () => {
  it.each([
    // paths
    ['/srv/courses/intro', 'folder /srv/courses/intro'],
    ['./intro', 'folder /home/prof/intro'],
    ['../intro', 'folder /home/intro'],
    ['.', 'folder /home/prof'],
    ['intro', 'folder /home/prof/intro'],
    ['kurse/intro python', 'folder /home/prof/kurse/intro python'],
    ['v1.0', 'folder /home/prof/v1.0'],
    ['file:///srv/courses/intro%20python', 'folder /srv/courses/intro python'],
    ['/srv/intro.git', 'git /srv/intro.git'],
    ['/srv/intro.zip', 'zip /srv/intro.zip'],
    ['course.zip', 'zip /home/prof/course.zip'],
    // explicit forms
    ['webdav+https://cloud.example.org/dav/course', 'webdav webdav+https://cloud.example.org/dav/course'],
    ['webdav+http://nas.example.org/x', 'webdav webdav+http://nas.example.org/x'],
    ['davs://cloud.example.org/x', 'webdav davs://cloud.example.org/x'],
    ['zip+https://example.org/export?id=5', 'zip zip+https://example.org/export?id=5'],
    ['git+https://git.example.org/c/intro', 'git https://git.example.org/c/intro'],
    ['git+https://git.example.org/c/intro@2026', 'git https://git.example.org/c/intro 2026'],
    ['git+https://git.example.org/c/intro@main#week1/labs', 'git https://git.example.org/c/intro main week1/labs'],
    ['git+https://git.example.org/c/intro#week1', 'git https://git.example.org/c/intro week1'],
    ['git+file:///srv/intro.git', 'git file:///srv/intro.git'],
    // clouds
    ['https://cloud.example.org/s/AbCdEf123456789', 'webdav https://cloud.example.org/s/AbCdEf123456789'],
    [
      'https://cloud.example.org/index.php/s/AbCdEf123456789',
      'webdav https://cloud.example.org/index.php/s/AbCdEf123456789',
    ],
    [
      'https://uni.example.org/nextcloud/s/AbCdEf123456789',
      'webdav https://uni.example.org/nextcloud/s/AbCdEf123456789',
    ],
    [
      'https://cloud.example.org/s/AbCdEf123456789?path=%2Fweek1',
      'webdav https://cloud.example.org/s/AbCdEf123456789?path=%2Fweek1',
    ],
    [
      'https://cloud.example.org/s/AbCdEf123456789/authenticate/showShare',
      'webdav https://cloud.example.org/s/AbCdEf123456789/authenticate/showShare',
    ],
    [
      'https://owncloud.example.org/index.php/s/AbCdEf123456789/authenticate',
      'webdav https://owncloud.example.org/index.php/s/AbCdEf123456789/authenticate',
    ],
    [
      'https://cloud.example.org/s/AbCdEf123456789/download',
      'zip https://cloud.example.org/s/AbCdEf123456789/download',
    ],
    ['https://cloud.example.org/apps/files/?dir=/intro', 'webdav https://cloud.example.org/apps/files/?dir=/intro'],
    [
      'https://cloud.example.org/index.php/apps/files/files/17?dir=/i',
      'webdav https://cloud.example.org/index.php/apps/files/files/17?dir=/i',
    ],
    [
      'https://cloud.example.org/remote.php/dav/files/prof/intro',
      'webdav https://cloud.example.org/remote.php/dav/files/prof/intro',
    ],
    ['https://cloud.example.org/public.php/webdav/', 'webdav https://cloud.example.org/public.php/webdav/'],
    ['https://www.dropbox.com/sh/abc/def?dl=0', 'zip https://www.dropbox.com/sh/abc/def?dl=0'],
    ['https://www.dropbox.com/scl/fo/abc/h?rlkey=xyz&dl=0', 'zip https://www.dropbox.com/scl/fo/abc/h?rlkey=xyz&dl=0'],
    ['https://uni.sharepoint.com/:u:/s/Kurs/abc', 'zip https://uni.sharepoint.com/:u:/s/Kurs/abc'],
    ['https://cloud.example.org/f/12345', 'address-needs-login'],
    // archives
    ['https://example.org/course.zip', 'zip https://example.org/course.zip'],
    ['https://example.org/COURSE.ZIP?v=2', 'zip https://example.org/COURSE.ZIP?v=2'],
    ['http://localhost:8000/course.zip', 'zip http://localhost:8000/course.zip'],
    ['https://github.com/o/r/archive/refs/heads/main.zip', 'zip https://github.com/o/r/archive/refs/heads/main.zip'],
    [
      'https://github.com/o/r/releases/download/v1/course.zip',
      'zip https://github.com/o/r/releases/download/v1/course.zip',
    ],
    ['https://gitlab.com/g/r/-/archive/main/r-main.zip', 'zip https://gitlab.com/g/r/-/archive/main/r-main.zip'],
    [
      'https://b.s3.amazonaws.com/c.zip?X-Amz-Signature=abc',
      'zip https://b.s3.amazonaws.com/c.zip?X-Amz-Signature=abc',
    ],
    // Canvas
    ['https://canvas.example.org/courses/17', 'canvas https://canvas.example.org/courses/17'],
    ['https://canvas.example.org/courses/17/files', 'canvas https://canvas.example.org/courses/17/files'],
    [
      'https://canvas.example.org/courses/17/files/folder/Week%201/L%C3%B6sung?preview=4711',
      'canvas https://canvas.example.org/courses/17/files/folder/Week%201/L%C3%B6sung',
    ],
    [
      'https://canvas.example.org/courses/17/files/4711/download?download_frd=1&verifier=geheim',
      'canvas https://canvas.example.org/courses/17/files/4711/download',
    ],
    [
      'https://canvas.example.org/files/folder/courses_17/Week 1',
      'canvas https://canvas.example.org/files/folder/courses_17/Week%201',
    ],
    ['https://canvas.example.org/courses/17/modules#module_3', 'canvas https://canvas.example.org/courses/17/modules'],
    ['https://canvas.example.org/courses/1234~5/files', 'canvas https://canvas.example.org/courses/1234~5/files'],
    ['https://uni.example.org/canvas/courses/17/files', 'canvas https://uni.example.org/canvas/courses/17/files'],
    ['canvas+https://canvas.example.org/courses/17', 'canvas canvas+https://canvas.example.org/courses/17'],
    ['canvas+https://canvas.example.org/', 'config-invalid'],
    ['https://uni.example.org/en/courses/17', 'address-not-understood'],
    ['https://example.org/courses/17/slides.zip', 'zip https://example.org/courses/17/slides.zip'],
    ['https://github.com/courses/17', 'git https://github.com/courses/17.git'],
    // repositories
    ['https://github.com/o/r', 'git https://github.com/o/r.git'],
    ['https://github.com/o/r/', 'git https://github.com/o/r.git'],
    ['https://github.com/o/r.git', 'git https://github.com/o/r.git'],
    ['https://github.com/o/r/tree/main/week1', 'git https://github.com/o/r.git main week1'],
    ['https://gitlab.com/group/sub/r', 'git https://gitlab.com/group/sub/r.git'],
    ['https://gitlab.uni.example/group/r/-/tree/main/labs', 'git https://gitlab.uni.example/group/r.git main labs'],
    ['https://codeberg.org/o/r', 'git https://codeberg.org/o/r.git'],
    ['https://git.uni.example/o/r/src/branch/main/labs', 'git https://git.uni.example/o/r.git main labs'],
    ['git@github.com:o/r.git', 'address-not-understood'],
    ['ssh://git@github.com/o/r.git', 'address-not-understood'],
    // Stud.IP; more of its addresses in studip/address.test.ts
    [
      `https://studip.example.org/dispatch.php/course/files?cid=${STUDIP_COURSE}`,
      `studip https://studip.example.org/dispatch.php/course/files?cid=${STUDIP_COURSE}`,
    ],
    [
      `https://studip.example.org/download/normal/0/${STUDIP_COURSE}/course.zip`,
      `studip https://studip.example.org/download/normal/0/${STUDIP_COURSE}/course.zip`,
    ],
    ['https://studip.example.org/dispatch.php/start', 'address-not-understood'],
    ['https://studip.example.org/sendfile.php?file_name=course.zip', 'address-not-understood'],
    // platforms that come later
    ['https://olat.example.org/auth/RepositoryEntry/123', 'source-unsupported OpenOlat'],
    ['https://drive.google.com/drive/folders/abc', 'source-unsupported Google Drive'],
    ['https://1drv.ms/f/abc', 'source-unsupported OneDrive'],
    ['sftp://host/path', 'source-unsupported SFTP'],
    ['https://seafile.example.org/d/4f2a1b9c0d/', 'source-unsupported Seafile'],
    ['https://box.example.org/seafile/f/4f2a1b9c0d3e5f617283/?dl=1', 'source-unsupported Seafile'],
    // rclone
    ['rclone:cloud:kurse/intro', 'rclone cloud kurse/intro'],
    ['rclone:uni drive:', 'rclone uni drive '],
    ['rclone:nas:/srv/kurse/', 'rclone nas /srv/kurse/'],
    ['rclone:cloud', 'address-not-understood'],
    ['rclone::sftp,host=example.org,pass=x:kurse', 'address-forbidden'],
    ['rclone:cloud,token=x:kurse', 'address-not-understood'],
    ['rclone:/srv/kurse', 'address-not-understood'],
    ['rclone:cloud:kurse/../..', 'config-invalid'],
    // Moodle
    ['https://moodle.example.org/course/view.php?id=5', 'moodle https://moodle.example.org/course/view.php?id=5'],
    [
      'https://uni.example.org/lms/course/view.php?id=5&section=3#section-3',
      'moodle https://uni.example.org/lms/course/view.php?id=5&section=3#section-3',
    ],
    [
      'moodle+https://moodle.example.org/course/view.php?id=5',
      'moodle moodle+https://moodle.example.org/course/view.php?id=5',
    ],
    ['https://moodle.example.org/course/section.php?id=17', 'address-not-understood'],
    ['https://moodle.example.org/my/courses.php', 'address-not-understood'],
    ['https://moodle.example.org/course/info.php?id=5', 'moodle https://moodle.example.org/course/info.php?id=5'],
    ['https://moodle.example.org/course/edit.php?id=5', 'moodle https://moodle.example.org/course/edit.php?id=5'],
    ['https://moodle.example.org/enrol/index.php?id=5', 'moodle https://moodle.example.org/enrol/index.php?id=5'],
    [
      'https://moodle.example.org/mod/folder/view.php?id=7',
      'moodle https://moodle.example.org/mod/folder/view.php?id=7',
    ],
    ['https://moodle.example.org/pluginfile.php/1/mod_folder/content/0/course.zip', 'address-not-understood'],
    ['https://moodle.example.org/tokenpluginfile.php/0123456789abcdef/1/mod_folder/x.zip', 'credentials-invalid'],
    ['https://moodle.example.org/webservice/pluginfile.php/1/x/y/0/a.zip?token=abc', 'credentials-invalid'],
    // ILIAS; more of its addresses in ilias/address.test.ts
    ['https://ilias.example.org/goto.php?target=fold_123', 'ilias https://ilias.example.org/goto.php?target=fold_123'],
    ['https://ilias.example.org/go/crs/123', 'ilias https://ilias.example.org/go/crs/123'],
    [
      'https://ilias.example.org/ilias.php?baseClass=x&ref_id=1',
      'ilias https://ilias.example.org/ilias.php?baseClass=x&ref_id=1',
    ],
    [
      'https://ilias.example.org/webdav.php/main/ref_72/x.zip',
      'ilias https://ilias.example.org/webdav.php/main/ref_72/x.zip',
    ],
    ['https://ilias.example.org/goto.php?target=file_81_download', 'address-not-understood'],
    // sign-in pages
    ['https://uni.example.org/login', 'address-needs-login'],
    ['https://idp.example.org/idp/profile/SAML2', 'address-needs-login'],
    ['https://uni.example.org/Shibboleth.sso/Login', 'address-needs-login'],
    // anything else
    ['https://example.org/', 'address-not-understood'],
    ['https://example.org/lecture/', 'address-not-understood'],
    ['cloud.example.org/s/AbCdEf123456789', 'address-not-understood'],
    ['github.com/o/r', 'address-not-understood'],
    ['ldap://example.org', 'address-not-understood'],
    ['https://', 'address-not-understood'],
    ['', 'address-not-understood'],
    ['   ', 'address-not-understood'],
    // as people paste
    ['  https://github.com/o/r \n', 'git https://github.com/o/r.git'],
    ['<https://github.com/o/r>', 'git https://github.com/o/r.git'],
    ['"https://github.com/o/r"', 'git https://github.com/o/r.git'],
    // refused
    ['https://prof:geheim@example.org/course.zip', 'credentials-invalid'],
    ['https://token@github.com/o/r.git', 'credentials-invalid'],
    ['webdav+https://u:p@cloud.example.org/dav', 'credentials-invalid'],
    ['git+https://u:p@git.example.org/r', 'credentials-invalid'],
    ['https://gitlab.com/g/r/-/archive/main/r.zip?private_token=x', 'credentials-invalid'],
    ['https://moodle.example.org/x.zip?wstoken=abc', 'credentials-invalid'],
    ['ext::sh -c id', 'address-forbidden'],
    ['git::https://example.org', 'address-forbidden'],
    ['--upload-pack=id', 'address-forbidden'],
    ['-oProxyCommand=id', 'address-forbidden'],
    ['https://example.org/a\nHost: b/course.zip', 'address-forbidden'],
    ['https://example.org/\u0000.zip', 'address-forbidden'],
    ['javascript:alert(1)', 'address-not-understood'],
    ['data:text/plain,x', 'address-not-understood'],
  ])('%j', (address, expected) => {
    expect(understood(address)).toBe(expected);
  });

  it.each([
    ['https://prof:geheim-4711@example.org/x', 'geheim-4711'],
    ['https://example.org/x?access_token=geheim-4711', 'geheim-4711'],
    ['https://uni.example.org/x/?key=geheim-4711', 'geheim-4711'],
    ['https://ilias.example.org/goto.php?target=x&client_secret=geheim-4711', 'geheim-4711'],
    ['https://uni.example.org/tokenpluginfile.php/geheim-4711/20/mod_resource/content/0/a.pdf', 'geheim-4711'],
    [
      'https://uni.example.org/webservice/pluginfile.php/20/mod_resource/content/0/a.pdf?token=geheim-4711',
      'geheim-4711',
    ],
    ['git@geheim-4711:x', 'never mind'],
    ['https://seafile.example.org/d/4f2a1b9c0d/', '4f2a1b9c0d'],
    ['https://1drv.ms/f/s!geheim-4711', 'geheim-4711'],
    ['https://uni.sharepoint.com/:f:/s/Kurs/geheim-4711?e=x', 'geheim-4711'],
    ['https://drive.google.com/drive/folders/geheim-4711?usp=sharing', 'geheim-4711'],
  ])('repeats no secret of %s', (address, secret) => {
    expect(() => sourceFromText(address)).toThrow(F2gitError);
    try {
      sourceFromText(address);
    } catch (error) {
      expect(String(error)).not.toContain(secret);
    }
  });
});

describe('a mapping of the configuration', () => {
  it('names its adapter', () => {
    const { adapter, config } = sourceFromMapping({ type: 'folder', path: '/srv/course' });
    expect([adapter.type, adapter.identity(config)]).toEqual(['folder', 'folder /srv/course']);
  });

  it.each([
    [{}, 'config-invalid', 'type'],
    [{ type: 17 }, 'config-invalid', 'type'],
    [{ type: 'floppy' }, 'config-invalid', 'type'],
    [{ type: 'memory', course: 'x' }, 'config-invalid', 'type'],
    [{ type: 'folder', path: '/x', depth: 3 }, 'config-invalid', 'depth'],
    [{ type: 'ilias', url: 'https://x' }, 'address-not-understood', undefined],
    [{ type: 'ilias', url: 'https://x', ref: 'crs_72' }, 'config-invalid', 'ref'],
    [{ type: 's3', url: 'https://x' }, 'source-unsupported', undefined],
    [{ type: 'studip', url: 'https://x' }, 'address-not-understood', undefined],
    [{ type: 'studip', url: 'https://x', course: 'x' }, 'config-invalid', 'course'],
    [{ type: 'studip', url: 'https://x', as: 'each-student' }, 'config-invalid', 'as'],
  ])('%j', (mapping, code, key) => {
    const error = (() => {
      try {
        return sourceFromMapping(mapping);
      } catch (reason) {
        return reason;
      }
    })();
    expect(error).toMatchObject({ code, ...(key === undefined ? {} : { params: { key } }) });
  });
});
