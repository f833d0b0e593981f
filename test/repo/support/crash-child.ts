/** One refresh in a process of its own, so that it can be killed: `node crash-child <folder> <version>`. */
import { openCourseRepository } from '../../../src/repo/course-repository.ts';
import { crashCourse } from './crash-course.ts';

const [folder, version] = process.argv.slice(2);
if (folder === undefined || version === undefined) throw new Error('usage: crash-child <folder> <version>');
const repository = openCourseRepository(crashCourse(folder, Number(version)));
await repository.refresh({ freshness: 0 });
await repository.close();
