/**
 * Pairs in the wrong order: their number, and the worst. For n values in O(n log n), by merging
 * (Knuth, The Art of Computer Programming 3, §5.2.4, exercise 21): while two sorted halves are merged,
 * a value of the right half passes all the remaining ones of the left half, and those are its pairs.
 */

/** How many pairs i < j have values[i] > values[j]. Equal values are in order. Sorts `values`. */
export function countInversions(values: Float64Array<ArrayBuffer>): number {
  let from = values;
  let to = new Float64Array(values.length);
  let count = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        if (right === end || (left < middle && from[left]! <= from[right]!)) {
          to[at] = from[left++]!;
        } else {
          to[at] = from[right++]!;
          count += middle - left;
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return count;
}
