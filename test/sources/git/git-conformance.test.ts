/** The laws of every source, kept by git. */
import { describe } from 'vitest';
import { gitAdapter } from '../../../src/sources/git/index.ts';
import { describeSource } from '../conformance.ts';
import { startGitCourse } from './git-course.ts';
import { hasGit } from './git-server.ts';

const WITH_THE_LISTING = 'content comes with the listing, in one answer; git.test.ts spoils that answer';
const NO_RIGHTS = 'a repository is readable as a whole or not at all';

describe.skipIf(!hasGit)('git (skipped where the git program is missing)', () => {
  describeSource('git', {
    adapter: gitAdapter,
    folder: 'src/sources/git',
    requiredKeys: ['url'],
    impossible: {
      makeFolder: 'git stores no empty folders',
      hide: NO_RIGHTS,
      show: NO_RIGHTS,
      lock: NO_RIGHTS,
      schedule: 'git knows no dates of release',
      'forbidden-folder': NO_RIGHTS,
      'changes-between-pages': 'a commit is one answer and never changes',
      'other-order': 'the order of a tree is fixed by its id',
      ...Object.fromEntries(
        [
          ...['content-cut', 'content-announces-more', 'content-sends-more', 'content-compressed', 'content-html'],
          ...['content-forbidden', 'content-redirects-elsewhere', 'content-redirects-private', 'content-endless'],
          ...['throttled-seconds', 'throttled-date'],
        ].map((fault) => [fault, WITH_THE_LISTING]),
      ),
    },
    start: startGitCourse,
  });
});
