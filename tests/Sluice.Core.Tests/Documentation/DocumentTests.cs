using Sluice.Core.Requests;
using Support;

namespace Sluice.Core.Tests.Documentation;

/// <summary>The documents that are generated from the code say what the code says.</summary>
public sealed class DocumentTests
{
    [Fact]
    public void The_table_of_APIs_is_up_to_date() => GeneratedFile.Check("docs/apis.md", ApisDocument.Text());

    [Fact]
    public void The_tables_of_settings_are_up_to_date() => GeneratedFile.Check("docs/settings.md", SettingsDocument.Text());

    [Fact]
    public void Every_API_that_is_not_answered_says_why() =>
        Assert.Empty(ApiCatalog.All().Where(e => e.Handler is null && e.Remark is null).Select(e => e.Api.Name));

    [Fact]
    public void What_is_answered_is_answered_in_every_version_of_Kafka() => Assert.Empty(ApiCatalog.All()
        .Where(e => e.Handler is { } handler && (handler.MinVersion != e.Api.MinVersion || handler.MaxVersion != e.Api.MaxStableVersion)).Select(e => e.Api.Name));
}
