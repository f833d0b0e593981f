/**
 * `array[index]` where the caller's loop keeps `index` in range; the compiler cannot know that, and a check on each
 * access would be a third of a merge's time.
 */
export function at(array: Int32Array, index: number): number {
  return array[index] as number;
}
