import { describeHostile } from './matrix.ts';

describeHostile('studip');
