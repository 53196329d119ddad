using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Sluice.Operator.Schema;

/// <summary>The summaries of an assembly's documentation file: the one place where a field is described, in code and in the CRD.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Dictionary<string, string> _summaries;

    private XmlDocumentation(Dictionary<string, string> summaries) => _summaries = summaries;

    /// <summary>Reads the file that lies beside the assembly.</summary>
    /// <exception cref="FileNotFoundException">The assembly was published without it.</exception>
    public static XmlDocumentation Of(Assembly assembly)
    {
        var document = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
        return new XmlDocumentation(document.Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Flatten(member.Element("summary")!)));
    }

    /// <summary>The summary of a class.</summary>
    public string? Summary(Type type) => _summaries.GetValueOrDefault("T:" + Name(type));

    /// <summary>The summary of a property.</summary>
    public string? Summary(PropertyInfo property) => _summaries.GetValueOrDefault($"P:{Name(property.DeclaringType!)}.{property.Name}");

    private static string Name(Type type) => type.FullName!.Replace('+', '.');

    private static string Flatten(XElement element)
    {
        IEnumerable<string> parts = element.DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "see" } see => see.Attribute("cref")?.Value.Split('.')[^1] ?? see.Attribute("langword")?.Value ?? "",
            _ => "",
        });
        return Space().Replace(string.Concat(parts), " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
