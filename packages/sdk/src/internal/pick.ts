/** Some members of an object. What is absent stays absent: the schemas tell it from undefined. */
export const pick = <A extends object, K extends keyof A>(
  from: A,
  keys: ReadonlyArray<K>,
): Pick<A, K> =>
  Object.fromEntries(
    keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])),
  ) as Pick<A, K>
