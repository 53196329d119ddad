using Sluice.Operator.Schema;

if (args is ["crds", var folder])
{
    foreach (Type kind in CrdBuilder.Kinds) File.WriteAllText(Path.Combine(folder, CrdBuilder.FileName(kind)), CrdBuilder.Yaml(kind));
    return 0;
}
return 1;
