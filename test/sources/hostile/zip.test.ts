import { describeHostile } from './matrix.ts';

describeHostile('zip');
