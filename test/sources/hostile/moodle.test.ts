import { describeHostile } from './matrix.ts';

describeHostile('moodle');
