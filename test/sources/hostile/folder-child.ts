/** One refresh of a folder in a process of its own, to be disturbed: `node folder-child <data> <folder>`. Prints its end. */
import { refreshFolder } from './folder-course.ts';

const [data, folder] = process.argv.slice(2);
if (data === undefined || folder === undefined) throw new Error('usage: folder-child <data> <folder>');

process.stdout.write(JSON.stringify(await refreshFolder(data, folder)));
