/**
 * A fault of the program, for tests of what is said then: reading a text with MARK in it fails, with that text in the
 * message of the exception. Loaded with --require, as no input is known that provokes one.
 */
const MARK = 'provoke-a-fault';
const { latin1Slice, utf8Slice } = Buffer.prototype;

function fail(text) {
  if (!text.includes(MARK)) return text;
  // What the fault itself reads, as to print its stack, is read as it is.
  Object.assign(Buffer.prototype, { latin1Slice, utf8Slice });
  const error = new RangeError(`cannot read ${text}`);
  switch (process.env.PROVOKE) {
    case 'later':
      setImmediate(() => {
        throw error;
      });
      return text;
    case 'promise':
      Promise.reject(error);
      return text;
    default:
      throw error;
  }
}

Buffer.prototype.latin1Slice = function (...range) {
  return fail(latin1Slice.apply(this, range));
};
Buffer.prototype.utf8Slice = function (...range) {
  return fail(utf8Slice.apply(this, range));
};
