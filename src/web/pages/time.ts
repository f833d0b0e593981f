/** Ages in words. */
import { say, type Language } from '../../messages/language.ts';
import { webSentences as words } from '../../messages/web.ts';

/** How long `then` is ago, coarse enough to be true for a while. */
export function agoText(then: Date, now: Date, language: Language): string {
  const minutes = Math.round((now.getTime() - then.getTime()) / 60_000);
  if (minutes < 2) return say(words.agoMoment, language);
  if (minutes < 120) return say(words.agoMinutes, language, { count: minutes });
  if (minutes < 48 * 60) return say(words.agoHours, language, { count: Math.round(minutes / 60) });
  return say(words.agoDays, language, { count: Math.round(minutes / 1440) });
}
