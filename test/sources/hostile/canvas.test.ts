import { describeHostile } from './matrix.ts';

describeHostile('canvas');
