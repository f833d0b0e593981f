/** Of `f2git check`: the schedule in a course's own folder, as a server would take it that sees it for the first time. */
import type { CourseConfig } from '../config.ts';
import { followedSchedule } from '../followed-schedule.ts';
import { describeToStaff } from '../messages/errors.ts';
import { say, type Language } from '../messages/language.ts';
import type { CoursePattern } from '../release/unmatched.ts';
import { lookAtReleaseFile, type Look } from '../repo/release-file.ts';
import { checkSentences } from './check-sentences.ts';
import type { Finding } from './finding.ts';

export interface ScheduleFound {
  readonly findings: readonly Finding[];
  readonly patterns: readonly CoursePattern[];
}

/** Reads the file, if there is one. @throws what ended the signal */
export async function scheduleIn(
  course: CourseConfig,
  seen: Pick<Look, 'listing' | 'placed' | 'session' | 'signal'>,
  language: Language,
): Promise<ScheduleFound> {
  const followed = followedSchedule(course);
  const { file } = followed;
  const known = await lookAtReleaseFile({ ...seen, file, known: undefined, isStampWeak: true, isFirst: true });
  if (known?.name === undefined) return { findings: [], patterns: [] };
  const { name, troubles, text } = known;
  const { rules } = followed.own(text);
  const good = { file: name, count: rules.length };
  const findings = troubles.map((trouble): Finding => {
    const message = `${name}: ${describeToStaff(trouble, language)}`;
    return { subject: course.id, ok: true, warning: true, code: trouble.code, message };
  });
  return {
    findings:
      findings.length > 0
        ? findings
        : [{ subject: course.id, ok: true, message: say(checkSentences.ownSchedule, language, good) }],
    patterns: rules.map((rule) => ({ key: 'release', ...rule })),
  };
}
