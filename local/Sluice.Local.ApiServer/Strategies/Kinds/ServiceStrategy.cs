using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Store;

namespace Sluice.Local.ApiServer.Strategies.Kinds;

/// <summary>Services: addresses and node ports are allocated when they are written, and kept.</summary>
internal sealed class ServiceStrategy() : BuiltInStrategy("io.k8s.api.core.v1.Service")
{
    private const string Services = "/services";

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    public override void ValidateName(string name, string field, List<FieldError> errors) => NameRules.Label(name, field, errors);

    public override void SetDefaults(JsonObject item)
    {
        base.SetDefaults(item);
        var spec = item.Ensure("spec");
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        if (spec.String("sessionAffinity") == "ClientIP")
            spec.Ensure("sessionAffinityConfig").Ensure("clientIP").Default("timeoutSeconds", 10800L);
        foreach (var port in spec.Array("ports").Objects())
        {
            port.Default("protocol", "TCP");
            if (port["targetPort"] is null || port.Long("targetPort") == 0)
                port["targetPort"] = port["port"].CopyOrNull();
        }

        var type = spec.String("type");
        if (type is "NodePort" or "LoadBalancer")
            spec.Default("externalTrafficPolicy", "Cluster");
        if (type is "LoadBalancer")
            spec.Default("allocateLoadBalancerNodePorts", true);
        if (type is not "ExternalName")
            spec.Default("internalTrafficPolicy", "Cluster");
    }

    public override void PrepareForCreate(WriteContext context, JsonObject item)
    {
        base.PrepareForCreate(context, item);
        if (item["spec"].String("clusterIP") is { } given && System.Net.IPAddress.TryParse(given, out _) && !ServiceAddresses.Contains(given))
        {
            throw ApiError.Invalid("", "Service", ObjectMeta.Name(item), [FieldError.Invalid(
                "spec.clusterIPs", new JsonArray(given), $"failed to allocate IP {given}: the provided network does not match the current range")]);
        }

        Allocate(context, item.Object("spec")!);
        item["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
    }

    public override void PrepareForUpdate(WriteContext context, JsonObject item, JsonObject old)
    {
        base.PrepareForUpdate(context, item, old);
        var (spec, before) = (item.Object("spec")!, old.Object("spec")!);
        var keepsAddress = spec.String("type") != "ExternalName" && before.String("type") != "ExternalName";
        foreach (var field in keepsAddress ? new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy" } : [])
        {
            if (spec[field] is null || Json.AsString(spec[field]) is { Length: 0 })
                spec[field] = before[field].CopyOrNull();
        }

        KeepNodePorts(spec, before);
        Allocate(context, spec);
    }

    public override void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
        base.Validate(context, item, errors);
        var spec = item.Object("spec")!;
        if (spec.String("type") == "ExternalName")
        {
            if (spec.String("externalName") is not { Length: > 0 } external)
                errors.Add(FieldError.Required("spec.externalName"));
            else
                NameRules.Subdomain(external.TrimEnd('.'), "spec.externalName", errors);
            return;
        }

        var ports = spec.Array("ports");
        if (ports is not { Count: > 0 } && spec.String("clusterIP") != "None")
            errors.Add(FieldError.Required("spec.ports"));
        ValidatePorts(ports, errors);
        if (spec.String("clusterIP") is { Length: > 0 } address && address != "None" && !System.Net.IPAddress.TryParse(address, out _))
            errors.Add(FieldError.Invalid("spec.clusterIPs[0]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
    }

    public override void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        var (address, before) = (item.At("spec", "clusterIP"), old.At("spec", "clusterIP"));
        if (before is not null && item["spec"].String("type") != "ExternalName" && !Json.Same(address, before))
        {
            var shown = new JsonArray(address.CopyOrNull());
            errors.Add(FieldError.Invalid("spec.clusterIPs[0]", shown, "may not change once set"));
        }
    }

    private static void ValidatePorts(JsonArray? ports, List<FieldError> errors)
    {
        var (names, numbers) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var index = 0;
        foreach (var port in ports.Objects())
        {
            var field = $"spec.ports[{index++}]";
            var name = port.String("name") ?? "";
            if (name.Length == 0 && ports!.Count > 1)
                errors.Add(FieldError.Required($"{field}.name"));
            else if (name.Length > 0)
                NameRules.Label(name, $"{field}.name", errors);
            if (name.Length > 0 && !names.Add(name))
                errors.Add(FieldError.Duplicate($"{field}.name", JsonValue.Create(name)));
            if (port.Long("port") is not (>= 1 and <= 65535))
                errors.Add(FieldError.Invalid($"{field}.port", port["port"], "must be between 1 and 65535, inclusive"));
            if (port.Long("targetPort") is < 1 or > 65535)
                errors.Add(FieldError.Invalid($"{field}.targetPort", port["targetPort"], "must be between 1 and 65535, inclusive"));
            if (!numbers.Add($"{port.Long("port")}/{port.String("protocol")}"))
                errors.Add(FieldError.Duplicate(field, new JsonObject { ["port"] = port["port"].CopyOrNull(), ["protocol"] = port["protocol"].CopyOrNull() }));
        }
    }

    /// <summary>A port that names no node port keeps the one that it had.</summary>
    private static void KeepNodePorts(JsonObject spec, JsonObject before)
    {
        if (spec.String("type") is not ("NodePort" or "LoadBalancer"))
        {
            // Who makes it a service of the cluster alone did not mean to keep what the server had chosen.
            foreach (var port in spec.Array("ports").Objects().Where(port => before.Array("ports").Objects().Any(old => Json.Same(old["nodePort"], port["nodePort"]))))
                port.Remove("nodePort");
            return;
        }

        foreach (var port in spec.Array("ports").Objects().Where(port => port.Long("nodePort") is null or 0))
        {
            var same = before.Array("ports").Objects().FirstOrDefault(old =>
                old.Long("port") == port.Long("port") && old.String("protocol") == port.String("protocol"));
            if (same?.Long("nodePort") is { } number)
                port["nodePort"] = number;
        }
    }

    private static void Allocate(WriteContext context, JsonObject spec)
    {
        var type = spec.String("type");
        if (type == "ExternalName")
        {
            foreach (var field in new[] { "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy" })
                spec.Remove(field);
            return;
        }

        var others = context.Store.HeadOf(Services);
        if (spec.String("clusterIP") is not { Length: > 0 })
            spec["clusterIP"] = spec.Array("clusterIPs") is [var first, ..] ? first.CopyOrNull() : ServiceAddresses.Next(others);
        spec["clusterIPs"] = new JsonArray(spec["clusterIP"].CopyOrNull());
        spec.Default("ipFamilies", Json.StringArray(["IPv4"]));
        spec.Default("ipFamilyPolicy", "SingleStack");
        if (type is not ("NodePort" or "LoadBalancer"))
            return;
        var taken = new HashSet<long>();
        foreach (var port in spec.Array("ports").Objects().Where(port => port.Long("nodePort") is null or 0))
            port["nodePort"] = ServiceAddresses.NextNodePort(others, taken);
    }
}

/// <summary>Finds free addresses and ports for services.</summary>
internal static class ServiceAddresses
{
    private const int AddressesMax = 65534;
    private const int NodePortFirst = 30000;
    private const int NodePortCount = 2768;

    // The first is that of the API itself.
    private const int Reserved = 1;

    /// <summary>Whether an address is of the range that services have.</summary>
    public static bool Contains(string address) => address.StartsWith("127.78.", StringComparison.Ordinal);

    /// <summary>A free address of 127.78.0.0/16.</summary>
    public static string Next(ObjectSet services)
    {
        var taken = services.All().Select(item => item.Body["spec"].String("clusterIP")).OfType<string>().ToHashSet(StringComparer.Ordinal);
        // From a random place on, as the real server does; so two control planes on one machine hardly ever meet.
        var start = Random.Shared.Next(AddressesMax - Reserved);
        for (var i = 0; i < AddressesMax - Reserved; i++)
        {
            var number = Reserved + 1 + (start + i) % (AddressesMax - Reserved);
            var address = $"127.78.{number >> 8}.{number & 255}";
            if (!taken.Contains(address))
                return address;
        }

        throw ApiError.Internal("failed to allocate a serviceIP: range is full");
    }

    public static long NextNodePort(ObjectSet services, HashSet<long> alsoTaken)
    {
        var taken = services.All().SelectMany(item => item.Body["spec"].Array("ports").Objects()).Select(port => port.Long("nodePort") ?? 0).ToHashSet();
        for (long port = NodePortFirst; port < NodePortFirst + NodePortCount; port++)
        {
            if (!taken.Contains(port) && alsoTaken.Add(port))
                return port;
        }

        throw ApiError.Internal("failed to allocate a nodePort: range is full");
    }
}
