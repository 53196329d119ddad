using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

/// <summary>Access control lists, passwords and quotas, none of which there are.</summary>
internal static class SecurityCases
{
    public static IEnumerable<Case> All => [.. Acls(), .. Scram(), .. DescribeQuotas(), .. AlterQuotas()];

    private static IEnumerable<Case> Acls()
    {
        yield return new(ApiKey.DescribeAcls, "any", (_, _) => new DescribeAclsRequest { ResourceTypeFilter = 1, PatternTypeFilter = 1, Operation = 1, PermissionType = 1, ResourceNameFilter = null, PrincipalFilter = null, HostFilter = null });
        yield return new(ApiKey.DescribeAcls, "of a topic", (_, _) => new DescribeAclsRequest { ResourceTypeFilter = 2, ResourceNameFilter = "plain", PatternTypeFilter = 3, PrincipalFilter = "User:a", HostFilter = "*", Operation = 3, PermissionType = 3 });
        yield return new(ApiKey.DescribeAcls, "an unknown kind", (_, _) => new DescribeAclsRequest { ResourceTypeFilter = 0, PatternTypeFilter = 3, Operation = 1, PermissionType = 1, ResourceNameFilter = null, PrincipalFilter = null, HostFilter = null });
        yield return new(ApiKey.DescribeAcls, "a kind that does not exist", (_, _) => new DescribeAclsRequest { ResourceTypeFilter = 99, PatternTypeFilter = 3, Operation = 1, PermissionType = 1, ResourceNameFilter = null, PrincipalFilter = null, HostFilter = null });
        yield return new(ApiKey.CreateAcls, "one", (_, _) => new CreateAclsRequest { Creations = [Acl(2)] });
        yield return new(ApiKey.CreateAcls, "two", (_, _) => new CreateAclsRequest { Creations = [Acl(2), Acl(3)] });
        yield return new(ApiKey.CreateAcls, "none", (_, _) => new CreateAclsRequest());
        yield return new(ApiKey.CreateAcls, "of any kind", (_, _) => new CreateAclsRequest { Creations = [Acl(1)] });
        yield return new(ApiKey.CreateAcls, "of a kind that does not exist", (_, _) => new CreateAclsRequest { Creations = [Acl(99)] });
        yield return new(ApiKey.DeleteAcls, "any", (_, _) => new DeleteAclsRequest { Filters = [Filter(1)] });
        yield return new(ApiKey.DeleteAcls, "two", (_, _) => new DeleteAclsRequest { Filters = [Filter(2), Filter(3)] });
        yield return new(ApiKey.DeleteAcls, "none", (_, _) => new DeleteAclsRequest());
        yield return new(ApiKey.DeleteAcls, "of a kind that does not exist", (_, _) => new DeleteAclsRequest { Filters = [Filter(99)] });
    }

    private static CreateAclsRequest.AclCreation Acl(sbyte type) =>
        new() { ResourceType = type, ResourceName = "plain", ResourcePatternType = 3, Principal = "User:a", Host = "*", Operation = 3, PermissionType = 3 };

    private static DeleteAclsRequest.DeleteAclsFilter Filter(sbyte type) =>
        new() { ResourceTypeFilter = type, ResourceNameFilter = null, PatternTypeFilter = 1, PrincipalFilter = null, HostFilter = null, Operation = 1, PermissionType = 1 };

    private static IEnumerable<Case> Scram()
    {
        Case Of(string name, params string[]? users) => new(ApiKey.DescribeUserScramCredentials, name, (_, _) => new DescribeUserScramCredentialsRequest
        {
            Users = users is null ? null : [.. users.Select(u => new DescribeUserScramCredentialsRequest.UserName { Name = u })],
        });
        yield return Of("everybody", null);
        yield return Of("nobody", []);
        yield return Of("one", "alice");
        yield return Of("two", "bob", "alice");
        yield return Of("one twice", "alice", "bob", "alice");
        yield return Of("an empty name", "");
    }

    private static IEnumerable<Case> DescribeQuotas()
    {
        Case Of(string name, params (string Type, sbyte Match, string? Value)[] components) => new(ApiKey.DescribeClientQuotas, name, (_, _) => new DescribeClientQuotasRequest
        {
            Components = [.. components.Select(c => new DescribeClientQuotasRequest.ComponentData { EntityType = c.Type, MatchType = c.Match, Match = c.Value })],
        });
        yield return Of("all");
        yield return Of("of a user", ("user", 0, "alice"));
        yield return Of("of the default user", ("user", 1, null));
        yield return Of("of any client", ("client-id", 2, null));
        yield return Of("of an address", ("ip", 0, "127.0.0.1"));
        yield return Of("of a user and a client", ("user", 0, "alice"), ("client-id", 2, null));
        yield return Of("an address and a user", ("ip", 2, null), ("user", 2, null));
        yield return Of("an unknown entity", ("planet", 0, "earth"));
        yield return Of("an empty entity", ("", 0, "earth"));
        yield return Of("a user twice", ("user", 2, null), ("user", 2, null));
        yield return Of("an exact match of null", ("user", 0, null));
        yield return Of("a default with a name", ("user", 1, "alice"));
        yield return Of("any with a name", ("user", 2, "alice"));
        yield return Of("an unknown match", ("user", 9, null));
        yield return new(ApiKey.DescribeClientQuotas, "strict", (_, _) => new DescribeClientQuotasRequest { Strict = true, Components = [new() { EntityType = "user", MatchType = 2 }] });
    }

    private static IEnumerable<Case> AlterQuotas()
    {
        Case Of(string name, (string Type, string? Name)[] entity, params (string Key, double Value, bool Remove)[] operations) => new(ApiKey.AlterClientQuotas, name, (_, _) => new AlterClientQuotasRequest
        {
            // Nothing is changed: what Kafka would keep, later cases would see.
            ValidateOnly = true,
            Entries =
            [
                new()
                {
                    Entity = [.. entity.Select(e => new AlterClientQuotasRequest.EntityData { EntityType = e.Type, EntityName = e.Name })],
                    Ops = [.. operations.Select(o => new AlterClientQuotasRequest.OpData { Key = o.Key, Value = o.Value, Remove = o.Remove })],
                },
            ],
        });
        (string, string?)[] alice = [("user", "alice")];
        yield return Of("set for a user", alice, ("producer_byte_rate", 1000, false));
        yield return Of("removed from a user", alice, ("producer_byte_rate", 0, true));
        yield return Of("nothing of a user", alice);
        yield return Of("an unknown key", alice, ("speed", 1, false));
        yield return Of("an unknown key removed", alice, ("speed", 1, true));
        yield return Of("a fraction of bytes", alice, ("producer_byte_rate", 1.5, false));
        yield return Of("a key twice", alice, ("producer_byte_rate", 1, true), ("producer_byte_rate", 2, true));
        yield return Of("no entity", [], ("producer_byte_rate", 1, true));
        yield return Of("an unknown entity", [("planet", "earth")], ("producer_byte_rate", 1, true));
        yield return Of("an empty user", [("user", "")], ("producer_byte_rate", 1, true));
        yield return Of("the default user", [("user", null)], ("producer_byte_rate", 1, true));
        yield return Of("an address with a user", [("ip", "127.0.0.1"), ("user", "alice")], ("producer_byte_rate", 1, true));
        yield return Of("an address", [("ip", "127.0.0.1")], ("connection_creation_rate", 1, true));
        yield return Of("a key of another entity", [("ip", "127.0.0.1")], ("producer_byte_rate", 1, false));
        yield return new(ApiKey.AlterClientQuotas, "no entries", (_, _) => new AlterClientQuotasRequest());
    }
}
