/** Building blocks of the API's schemas. */
import { type TSchema, Type } from 'typebox';

export const text = (description: string) => Type.String({ description });
export const number = (description: string) => Type.Number({ description });
export const count = (description: string) => Type.Integer({ description });
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
