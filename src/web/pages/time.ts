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

/** A day written as `2026-11-23`. */
export function dayText(day: string, language: Language): string {
  const at = new Date(`${day}T00:00:00Z`);
  return at.toLocaleDateString(language === 'de' ? 'de-DE' : 'en-GB', { timeZone: 'UTC', dateStyle: 'medium' });
}

/** `at` as a clock in `zone` shows it, to the minute, with the zone's name. */
export function timeText(at: Date, zone: string, language: Language): string {
  return at.toLocaleString(language === 'de' ? 'de-DE' : 'en-GB', {
    timeZone: zone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}
