/**
 * The schemas that events' facts are made of. Imported by name and not as `Type`, because `events` and
 * `up` load all of them: a tenth of the library is enough.
 */
import {
  Array as ArrayOf,
  Boolean as BooleanType,
  Enum,
  Integer,
  Literal,
  Null,
  Number as NumberType,
  Object as ObjectOf,
  Optional,
  Record as RecordOf,
  String as StringType,
  type TSchema,
  Union,
  Unsafe,
} from 'typebox';

export const text = (description: string) => StringType({ description });
/** A number that may have a fraction. */
export const number = (description: string) => NumberType({ description });
export const count = (description: string) => Integer({ minimum: 0, description });
export const flag = (description: string) => BooleanType({ description });
export const optional = Optional;
export const nullable = <T extends TSchema>(schema: T) => Union([schema, Null()]);
/** One of these texts. */
export const oneOf = <const T extends string[]>(values: readonly [...T], description: string) =>
  Enum(values, { type: 'string', description });
export const fixed = Literal;
export const either = Union;
export const texts = (description: string) =>
  Unsafe<readonly string[]>(ArrayOf(StringType(), { description }));
export const textsByName = (description: string) =>
  Unsafe<Readonly<Record<string, string>>>(RecordOf(StringType(), StringType(), { description }));
export const object = ObjectOf;
/** What another part of the project types, or the user's program does: it passes through as data. */
export const data = <T extends object>(description: string) =>
  Unsafe<T>({ type: 'object', additionalProperties: true, description });
