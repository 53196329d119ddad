using System.Text;

namespace Sluice.Kubernetes.Generator;

/// <summary>How names of the Kubernetes API become names of C#.</summary>
internal static class TypeNames
{
    /// <summary>Schemas that are written by hand or are free-form JSON, by full name.</summary>
    private static readonly Dictionary<string, string> Mapped = new()
    {
        ["io.k8s.apimachinery.pkg.apis.meta.v1.Time"] = "DateTimeOffset",
        ["io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"] = "DateTimeOffset",
        ["io.k8s.apimachinery.pkg.api.resource.Quantity"] = "Quantity",
        ["io.k8s.apimachinery.pkg.util.intstr.IntOrString"] = "IntOrString",
        ["io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1"] = "JsonObject",
        ["io.k8s.apimachinery.pkg.runtime.RawExtension"] = "JsonObject",
        ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON"] = "JsonNode",
        ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray"] = "JsonNode",
        ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool"] = "JsonNode",
        ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray"] = "JsonNode",
        ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus"] = "JsonObject",
    };

    /// <summary>Kinds that two groups define: the core group's are the older ones and take the longer name.</summary>
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["io.k8s.api.core.v1.Event"] = "CoreEvent",
        ["io.k8s.api.core.v1.EventSeries"] = "CoreEventSeries",
        ["io.k8s.api.core.v1.EndpointPort"] = "CoreEndpointPort",
    };

    public static bool IsMapped(string schema) => Mapped.ContainsKey(schema);

    public static bool IsMicroTime(string schema) => schema == "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";

    public static bool IsValueType(string csharp) => csharp is "DateTimeOffset" or "Quantity" or "IntOrString" or "int" or "long" or "double" or "bool";

    public static string ClassName(string schema) =>
        Mapped.TryGetValue(schema, out string? mapped) ? mapped
        : Renamed.TryGetValue(schema, out string? renamed) ? renamed
        : schema.Substring(schema.LastIndexOf('.') + 1);

    /// <summary><c>clusterIP</c> → <c>ClusterIP</c>, <c>$ref</c> → <c>Ref</c>, <c>x-kubernetes-list-type</c> → <c>XKubernetesListType</c>.</summary>
    public static string PropertyName(string json, string className)
    {
        var name = new StringBuilder(json.Length);
        bool upper = true;
        foreach (char c in json)
        {
            if (!char.IsLetterOrDigit(c))
            {
                upper = true;
                continue;
            }
            name.Append(upper ? char.ToUpperInvariant(c) : c);
            upper = false;
        }
        // C# forbids a member to be named as its class (Status.status, ContainerPort.containerPort).
        return name.ToString() == className ? name.Append("Value").ToString() : name.ToString();
    }
}
