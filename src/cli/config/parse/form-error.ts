/** A value is not in the form its setting needs. `message` is what is allowed, as it follows the word "use". */
export class FormError extends Error {
  override readonly name = 'FormError';
}
