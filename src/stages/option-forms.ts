import * as v from 'valibot';
import { maybe, number, object, objectWith, oneOf, text, truth } from '../core/option-forms.ts';

/** Forms of options that several stages have, or a stage and a run. */
export const flag = maybe(truth);
export const control = maybe(object);
export const source = v.union([text, objectWith(['path', 'given'], 'a root')], 'a text that is not empty');
export const limit = maybe(v.union([number, objectWith(['current'], 'a limit')], 'a number'));
export const links = maybe(oneOf(['skip', 'follow', 'store']));
export const separator = maybe(oneOf(['newline', 'nul']));
export const keyFolding = maybe(oneOf(['none', 'unicode', 'case', 'both']));
export const compare = maybe(oneOf(['auto', 'size-mtime', 'checksum']));
export const overwrite = oneOf(['always', 'if-different', 'never']);
export const strength = maybe(oneOf(['auto', 'head', 'download']));
