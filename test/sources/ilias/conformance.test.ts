import { describeSource } from '../conformance.ts';
import { iliasHarness } from '../fake/ilias-course.ts';

describeSource('ilias', iliasHarness);
