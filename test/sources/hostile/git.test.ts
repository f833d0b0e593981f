import { describeHostile } from './matrix.ts';

describeHostile('git');
