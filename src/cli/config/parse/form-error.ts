/** A value that does not have the form of its setting. `message` names the allowed forms, and follows the word "use". */
export class FormError extends Error {
  override readonly name = 'FormError';
}
