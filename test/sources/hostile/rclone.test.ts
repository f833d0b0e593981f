import { describeHostile } from './matrix.ts';

describeHostile('rclone');
