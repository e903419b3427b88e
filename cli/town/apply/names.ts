/** Which names a schema takes at a place in it. Pure. */
import type { z } from "zod";

type Type = z.core.$ZodType;

export function namesAt(schema: Type, path: readonly PropertyKey[]): string[] {
  const [key, ...rest] = path;
  const object = objectsIn(schema);
  if (key === undefined) return object.flatMap((each) => ("shape" in each ? Object.keys(each.shape) : []));
  return object.flatMap((each) => {
    const inner = "shape" in each ? each.shape[String(key)] : each.valueType;
    return inner ? namesAt(inner, rest) : [];
  });
}

/** What is behind defaults, unions and changes of form. */
function objectsIn(schema: Type): (z.core.$ZodObjectDef | z.core.$ZodRecordDef)[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "object" || def.type === "record") return [def];
  if (def.type === "union") return def.options.flatMap(objectsIn);
  if (def.type === "pipe") return objectsIn(def.in);
  return "innerType" in def ? objectsIn(def.innerType) : [];
}
