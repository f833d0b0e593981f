import { describeHostile } from './matrix.ts';

describeHostile('webdav');
