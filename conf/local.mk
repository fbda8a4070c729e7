lwconfdir = $(sysconfdir)/layerwatch
dist_lwconf_DATA = conf/layerwatch.yaml
dist_man_MANS += conf/layerwatch.yaml.5
