using System.Reflection;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;
using Sluice.Operator.Resources;

namespace Sluice.Operator.Schema;

/// <summary>Makes the CustomResourceDefinition of a class of <see cref="Resources"/>.</summary>
public static class CrdBuilder
{
    /// <summary>The classes that have a definition.</summary>
    public static IReadOnlyList<Type> Kinds { get; } = [typeof(Cluster), typeof(Topic)];

    /// <summary>File name of a kind's definition, as in <c>clusters.sluice.dev.yaml</c>.</summary>
    public static string FileName(Type kind)
    {
        var type = ResourceType.Of(kind);
        return $"{type.Plural}.{type.Group}.yaml";
    }

    /// <summary>The text of a kind's file under <c>crds/</c>.</summary>
    public static string Yaml(Type kind) =>
        "# Made from the C# types in operator/Sluice.Operator/Resources by `sluice-operator crds DIR`. Do not edit.\n" +
        KubernetesYaml.Write(ApiJson.ToJsonObject(Build(kind)));

    /// <summary>The definition of a kind.</summary>
    public static V1CustomResourceDefinition Build(Type kind)
    {
        var type = ResourceType.Of(kind);
        var names = kind.GetCustomAttribute<NamesAttribute>()!;
        var definition = new V1CustomResourceDefinition
        {
            Metadata = new() { Name = $"{type.Plural}.{type.Group}" },
            Spec = new V1CustomResourceDefinitionSpec
            {
                Group = type.Group,
                Scope = type.Namespaced ? "Namespaced" : "Cluster",
                Names = new V1CustomResourceDefinitionNames
                {
                    Kind = type.Kind,
                    ListKind = type.Kind + "List",
                    Plural = type.Plural,
                    Singular = names.Singular,
                    ShortNames = [.. names.Short],
                    Categories = ["sluice"],
                },
                Versions =
                [
                    new V1CustomResourceDefinitionVersion
                    {
                        Name = type.Version,
                        Served = true,
                        Storage = true,
                        Schema = new V1CustomResourceValidation { OpenAPIV3Schema = Schema(kind) },
                        Subresources = Subresources(kind),
                        AdditionalPrinterColumns = Columns(kind),
                    },
                ],
            },
        };
        ResourceType.Stamp(definition);
        return definition;
    }

    private static V1JSONSchemaProps Schema(Type kind)
    {
        var documentation = XmlDocumentation.Of(kind.Assembly);
        var builder = new SchemaBuilder(documentation);
        Type[] parts = kind.BaseType!.GetGenericArguments();
        var root = new V1JSONSchemaProps
        {
            Type = "object",
            Description = documentation.Summary(kind),
            Required = ["spec"],
            Properties = new Dictionary<string, V1JSONSchemaProps>
            {
                ["apiVersion"] = new() { Type = "string", Description = "Group and version of the object's schema." },
                ["kind"] = new() { Type = "string", Description = "Kind of the object." },
                ["metadata"] = new() { Type = "object" },
                ["spec"] = builder.Build(parts[0]),
                ["status"] = builder.Build(parts[1]),
            },
        };
        SchemaBuilder.AddRules(root, kind);
        return root;
    }

    private static V1CustomResourceSubresources Subresources(Type kind)
    {
        var scalable = kind.GetCustomAttribute<ScalableAttribute>();
        return new V1CustomResourceSubresources
        {
            Status = new JsonObject(),
            Scale = scalable is null ? null : new V1CustomResourceSubresourceScale
            {
                SpecReplicasPath = scalable.SpecReplicas,
                StatusReplicasPath = scalable.StatusReplicas,
                LabelSelectorPath = scalable.Selector,
            },
        };
    }

    private static List<V1CustomResourceColumnDefinition> Columns(Type kind) =>
    [
        .. kind.GetCustomAttributes<PrinterColumnAttribute>().OrderBy(column => column.Order).Select(column => new V1CustomResourceColumnDefinition
        {
            Name = column.Name,
            Type = column.Type,
            JsonPath = column.JsonPath,
            Description = column.Description,
            Priority = column.Wide ? 1 : 0,
        }),
    ];
}
