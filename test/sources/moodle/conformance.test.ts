import { describeSource } from '../conformance.ts';
import { staffHarness, studentHarness } from '../fake/moodle-course.ts';

describeSource('moodle, by a student’s token', studentHarness);
describeSource('moodle, by a teacher’s token', staffHarness);
