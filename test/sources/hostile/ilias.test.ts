import { describeHostile } from './matrix.ts';

describeHostile('ilias');
