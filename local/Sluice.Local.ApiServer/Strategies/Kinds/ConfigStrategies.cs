using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>What config maps and secrets have in common: keys that can be file names, a bound of their size, immutability.</summary>
internal abstract partial class DataStrategy(string schemaName) : BuiltInStrategy(schemaName)
{
    protected const int BytesMax = 1 << 20;

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        if (old.Bool("immutable") != true)
            return;
        if (item.Bool("immutable") != true)
            errors.Add(FieldError.Forbidden("immutable", "field is immutable when `immutable` is set"));
        foreach (var field in new[] { "data", "binaryData" })
        {
            if (!Json.Same(item[field], old[field]))
                errors.Add(FieldError.Forbidden(field, "field is immutable when `immutable` is set"));
        }
    }

    protected static void ValidateKeys(JsonObject? data, string field, List<FieldError> errors)
    {
        foreach (var (key, _) in data ?? [])
        {
            if (key.Length > 253)
                errors.Add(FieldError.Invalid($"{field}[{key}]", key, "must be no more than 253 characters"));
            if (!KeyRegex().IsMatch(key))
            {
                errors.Add(FieldError.Invalid($"{field}[{key}]", key,
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"));
            }
            else if (key is "." or ".." || key.StartsWith("..", StringComparison.Ordinal))
            {
                errors.Add(FieldError.Invalid($"{field}[{key}]", key, key is "." or ".." ? $"must not be '{key}'" : "must not start with '..'"));
            }
        }
    }

    [GeneratedRegex(@"^[-._a-zA-Z0-9]+\z")]
    private static partial Regex KeyRegex();
}

/// <summary>ConfigMaps.</summary>
internal sealed class ConfigMapStrategy() : DataStrategy("io.k8s.api.core.v1.ConfigMap")
{
    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        ValidateKeys(item.Object("data"), "data", errors);
        ValidateKeys(item.Object("binaryData"), "binaryData", errors);
        foreach (var (key, _) in item.Object("binaryData") ?? [])
        {
            if (item.Object("data")?.ContainsKey(key) == true)
                errors.Add(FieldError.Invalid($"data[{key}]", key, "duplicate of key present in binaryData"));
        }

        var size = (item.Object("data") ?? []).Sum(pair => (long)Encoding.UTF8.GetByteCount(Json.AsString(pair.Value) ?? ""))
            + (item.Object("binaryData") ?? []).Sum(pair => (Json.AsString(pair.Value)?.Length ?? 0) * 3L / 4);
        if (size > BytesMax)
            errors.Add(FieldError.TooLong("", $"may not be more than {BytesMax} bytes"));
    }
}

/// <summary>Secrets.</summary>
internal sealed class SecretStrategy() : DataStrategy("io.k8s.api.core.v1.Secret")
{
    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        item.Default("type", "Opaque");
        if (item.Object("stringData") is not { } texts)
            return;
        var data = item.Ensure("data");
        foreach (var (key, value) in texts)
            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Json.AsString(value) ?? ""));
        item.Remove("stringData");
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        ValidateKeys(item.Object("data"), "data", errors);
        long size = 0;
        foreach (var (key, value) in item.Object("data") ?? [])
        {
            var text = Json.AsString(value) ?? "";
            size += text.Length * 3L / 4;
            if (!Convert.TryFromBase64String(text, new byte[text.Length], out _))
                throw ApiError.BadRequest($"Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at key {key}");
        }

        if (size > BytesMax)
            errors.Add(FieldError.TooLong("data", $"may not be more than {BytesMax} bytes"));
        foreach (var key in RequiredKeys(item.String("type")))
        {
            if (item.Object("data")?.ContainsKey(key) != true)
                errors.Add(FieldError.Required($"data[{key}]"));
        }
    }

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        CheckImmutable(item, old, "type", errors);
        base.ValidateUpdate(context, item, old, errors);
    }

    private static string[] RequiredKeys(string? type) => type switch
    {
        "kubernetes.io/tls" => ["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => [".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => ["ssh-privatekey"],
        _ => [],
    };
}
