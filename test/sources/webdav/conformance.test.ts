import { describeSource } from '../conformance.ts';
import { webdavHarness } from '../fake/webdav-course.ts';

describeSource('webdav', webdavHarness);
