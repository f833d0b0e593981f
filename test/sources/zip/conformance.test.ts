import { describeSource } from '../conformance.ts';
import { zipHarness } from '../fake/zip-course.ts';

describeSource('zip', zipHarness);
