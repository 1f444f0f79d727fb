-- For Quarto's PDF only: a table without a label keeps its caption, and a figure without one gets
-- no number, as in the embedded renderer. Quarto has taken out what has a label before this runs.
if not FORMAT:match("typst") then
  return {}
end

local function raw(text)
  return pandoc.RawInline("typst", text)
end

local function opening(kind, position, caption)
  local inlines = pandoc.Inlines({ raw(
    '#figure(kind: "quarto-float-' .. kind .. '", supplement: none, numbering: none, '
      .. "caption: figure.caption(position: " .. position .. ")["
  ) })
  inlines:extend(pandoc.utils.blocks_to_inlines(caption))
  inlines:insert(raw("], ["))
  return pandoc.Plain(inlines)
end

return {
  {
    Table = function(tbl)
      if #tbl.caption.long > 0 and tbl.identifier == "" then
        local start = opening("tbl", "top", tbl.caption.long)
        tbl.caption = { long = {} }
        tbl.classes:insert("typst:no-figure")
        return { start, tbl, pandoc.RawBlock("typst", "])") }
      end
    end,
    Figure = function(figure)
      if #figure.caption.long > 0 and figure.identifier == "" then
        local result = pandoc.Blocks({ opening("fig", "bottom", figure.caption.long) })
        result:extend(figure.content)
        result:insert(pandoc.RawBlock("typst", "])"))
        return result
      end
    end,
  },
}
