import { describeSource } from '../conformance.ts';
import { iliasHarness, iliasSoapHarness } from '../fake/ilias-course.ts';

describeSource('ilias', iliasHarness);
describeSource('ilias by SOAP', iliasSoapHarness);
