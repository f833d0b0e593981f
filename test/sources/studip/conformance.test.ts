import { describeSource } from '../conformance.ts';
import { studipHarness } from '../fake/studip-course.ts';

describeSource('studip, as a student', studipHarness('autor'));
describeSource('studip, as staff', studipHarness('dozent'));
