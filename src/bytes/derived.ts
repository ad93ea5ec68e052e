/**
 * What is worked out from an object that does not change, such as a certificate: once, and let go with the object. For
 * what is found again by its value, and not by the object, see `LimitedCache`.
 */
export function derivedOnce<Source extends object, Value>(
  derive: (source: Source) => Value,
): (source: Source) => Value {
  const derived = new WeakMap<Source, { readonly value: Value }>();
  return (source) => {
    const known = derived.get(source);
    if (known !== undefined) return known.value;
    const value = derive(source);
    derived.set(source, { value });
    return value;
  };
}
