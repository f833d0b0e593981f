import { describeSource } from '../conformance.ts';
import { canvasHarness, canvasStudentHarness } from '../fake/canvas-course.ts';

describeSource('canvas, with a token of staff', canvasHarness);
describeSource('canvas, with a token of a student', canvasStudentHarness);
