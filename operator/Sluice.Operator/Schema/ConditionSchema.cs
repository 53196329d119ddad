using k8s.Models;

namespace Sluice.Operator.Schema;

/// <summary>The schema of <c>meta/v1 Condition</c>, with the bounds that Kubernetes documents for it.</summary>
internal static class ConditionSchema
{
    public static V1JSONSchemaProps Create() => new()
    {
        Type = "object",
        Description = "One aspect of the present state.",
        Required = ["type", "status", "lastTransitionTime", "reason", "message"],
        Properties = new Dictionary<string, V1JSONSchemaProps>
        {
            ["type"] = new()
            {
                Type = "string",
                Description = "The aspect.",
                MaxLength = 316,
                Pattern = @"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
            },
            ["status"] = new() { Type = "string", Description = "Whether it holds.", EnumProperty = ["True", "False", "Unknown"] },
            ["observedGeneration"] = new() { Type = "integer", Format = "int64", Minimum = 0, Description = "The generation of the object that this was found for." },
            ["lastTransitionTime"] = new() { Type = "string", Format = "date-time", Description = "When status last changed." },
            ["reason"] = new()
            {
                Type = "string",
                Description = "Why, as one word for programs.",
                MinLength = 1,
                MaxLength = 1024,
                Pattern = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
            },
            ["message"] = new() { Type = "string", Description = "Why, for people.", MaxLength = 32768 },
        },
    };
}
